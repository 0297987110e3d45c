# A stand-in for postgres:17 where there is no registry: Debian's PostgreSQL in the base that tools/compose.sh makes.
FROM docker.io/library/python:3.12-slim-bookworm
RUN test -d /usr/lib/postgresql || { apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql; }
COPY compose_postgres.sh /entrypoint.sh
ENTRYPOINT ["sh", "/entrypoint.sh"]
