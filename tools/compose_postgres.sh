#!/bin/sh
# Stands in for the entrypoint of postgres:17: POSTGRES_USER, POSTGRES_PASSWORD, a database of the user's name.
set -e
data=/var/lib/postgresql/data; bin=$(ls -d /usr/lib/postgresql/*/bin)
mkdir -p $data; chown postgres $data; chmod 700 $data
if [ ! -s $data/PG_VERSION ]; then
  echo "$POSTGRES_PASSWORD" > /tmp/pw; chown postgres /tmp/pw
  su postgres -c "$bin/initdb -D $data -U $POSTGRES_USER --pwfile /tmp/pw -E UTF8 -A scram-sha-256 >/dev/null"; rm /tmp/pw
  echo "host all all all scram-sha-256" >> $data/pg_hba.conf
  su postgres -c "$bin/pg_ctl -D $data -w -o '-c listen_addresses=' start >/dev/null"
  su postgres -c "PGPASSWORD='$POSTGRES_PASSWORD' $bin/createdb -h /var/run/postgresql -U $POSTGRES_USER $POSTGRES_USER"
  su postgres -c "$bin/pg_ctl -D $data -w stop >/dev/null"
fi
exec su postgres -c "exec $bin/postgres -D $data -c listen_addresses='*'"
