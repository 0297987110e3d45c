# One image for everything: SQLite in the volume /data, or PostgreSQL by DATABASE_URL. docs/containers.md has the rest.
FROM python:3.12-slim-bookworm AS build
RUN python3 -m venv /opt/passalong
WORKDIR /src
COPY requirements/run.txt requirements/mcp.txt requirements/
RUN /opt/passalong/bin/python -m pip install --no-cache-dir --require-hashes -r requirements/run.txt -r requirements/mcp.txt
COPY setup.cfg setup.py pyproject.toml MANIFEST.in CHANGELOG.md LICENSE README.md ./
COPY snippets snippets
COPY server server
RUN /opt/passalong/bin/python -m pip install --no-cache-dir --no-deps --no-build-isolation . \
 && /opt/passalong/bin/python -m compileall -q /opt/passalong/lib

FROM python:3.12-slim-bookworm
RUN groupadd --system --gid 10001 passalong \
 && useradd --system --uid 10001 --gid passalong --home-dir /data --no-create-home passalong \
 && install -d -m 0700 -o passalong -g passalong /data
COPY --from=build /opt/passalong /opt/passalong
ENV PATH=/opt/passalong/bin:/usr/local/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 \
    PASSALONG_DATA=/data PASSALONG_BIND=0.0.0.0 PASSALONG_PORT=8080
USER 10001:10001
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["/opt/passalong/bin/python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['PASSALONG_PORT']}/readyz\", timeout=4)"]
ENTRYPOINT ["/opt/passalong/bin/passalong"]
CMD ["serve"]
