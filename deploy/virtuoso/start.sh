#!/bin/sh
# Start Virtuoso in the folder that this is run in, with the configuration $1. The first time, what lies in load/ is loaded
# with $2 and the password of dba becomes the content of the file $3; it stands on no command line.
set -eu
ini=$1 load=$2 password=$3

sql() {
    isql-vt "$(sed -n '/^ServerPort = /{s///p;q}' "$ini")" dba "$1" VERBOSE=OFF BANNER=OFF PROMPT=OFF
}

# The file `loaded` says that the first time came to its end; else it is begun anew.
if [ ! -e loaded ]; then
    rm -f virtuoso.db virtuoso.lck virtuoso.pxa virtuoso.trx virtuoso-temp.db virtuoso-temp.trx
    virtuoso-t +wait +configfile "$ini"
    { cat "$load"; printf "user_set_password('dba', '%s');\nshutdown;\n" "$(cat "$password")"; } | sql dba
    while [ -e virtuoso.lck ]; do sleep 1; done
    touch loaded
fi
exec virtuoso-t +foreground +configfile "$ini"
