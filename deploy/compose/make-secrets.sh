#!/bin/sh
# Makes the secrets of compose.yaml in the folder `secrets` beside it, or in another one. Leaves those that are there alone.
#
#   sh deploy/compose/make-secrets.sh [FOLDER]
set -eu
folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
# Containers read the files as users of their own; the folder keeps everybody else out.
chmod 700 "$folder"
umask 022
[ -e "$folder/postgres-password" ] || openssl rand -hex 24 >"$folder/postgres-password"
[ -e "$folder/database-url" ] || printf 'postgres://sallyport:%s@postgres/sallyport\n' "$(cat "$folder/postgres-password")" >"$folder/database-url"
[ -e "$folder/encryption-key" ] || openssl rand -base64 32 >"$folder/encryption-key"
