#!/bin/sh
# Start Virtuoso in the folder that this is run in, with the configuration $1. The first time, and where it has changed, what
# lies in load/ is loaded with $2, the password of dba becomes the content of the file $3, and `reader`, who may ask queries
# and nothing else, gets that of $4; they stand on no command line.
set -eu
ini=$1 load=$2 password=$3 reading=$4

# Run the SQL of standard input as dba. Without a password in $1, it is the first line of that.
sql() {
    isql-vt "$(sed -n '/^ServerPort = /{s///p;q}' "$ini")" dba "$@" VERBOSE=OFF BANNER=OFF PROMPT=OFF
}

fail() {
    echo "start.sh: $1" >&2
    [ ! -e virtuoso.lck ] || kill "$(sed -n 's/^VIRT_PID=//p' virtuoso.lck)"
    exit 1
}

# Print the password in the file $1.
password_of() {
    found=$(cat "$1")
    case $found in
    '' | *[\'\"\\]* | *"
"*) fail "$1 is empty or holds a quote, a backslash or a line break; expected a password without" ;;
    esac
    printf '%s' "$found"
}

# The file `loaded` says what was loaded to the end. Where that is something else now, what there was is kept aside.
found=$(sha256sum load/*.nq "$load")
if [ -e loaded ] && [ "$(cat loaded)" != "$found" ]; then
    aside=before-$(date -u +%Y%m%dT%H%M%SZ)
    echo "start.sh: load/ has changed: it is loaded anew; what was here, and was written to it, lies in $aside/" >&2
    [ ! -e virtuoso.db ] || { mkdir "$aside" && mv virtuoso.db virtuoso.trx "$aside"; }
    rm loaded
fi
# Without it, the first time did not come to its end, and is begun anew.
if [ ! -e loaded ]; then
    secret=$(password_of "$password")
    read=$(password_of "$reading")
    rm -f virtuoso.db virtuoso.lck virtuoso.pxa virtuoso.trx virtuoso-temp.db virtuoso-temp.trx
    virtuoso-t +wait +configfile "$ini"
    # isql goes on after an error, and ends with 0 all the same: what came of it is asked for.
    sql dba < "$load"
    sql dba <<- 'END' | grep -q '^loaded$' || fail "not every file was loaded; DB.DBA.LOAD_LIST says why"
	SELECT ll_file, ll_state, ll_error FROM DB.DBA.LOAD_LIST WHERE ll_error IS NOT NULL OR ll_state <> 2;
	SELECT 'loaded' FROM DB.DBA.SYS_USERS WHERE U_NAME = 'dba' AND EXISTS (SELECT 1 FROM DB.DBA.LOAD_LIST)
	    AND NOT EXISTS (SELECT 1 FROM DB.DBA.LOAD_LIST WHERE ll_error IS NOT NULL OR ll_state <> 2)
	    AND EXISTS (SPARQL SELECT ?s FROM <urn:aidtrace:union> { ?s ?p ?o } LIMIT 1);
	END
    printf "user_create('reader', '%s');\nGRANT SPARQL_SELECT TO \"reader\";\n" "$read" | sql dba
    sql dba <<- 'END' | grep -q '^made$' || fail "the user who reads was not made"
	SELECT 'made' FROM DB.DBA.SYS_USERS AS u, DB.DBA.SYS_ROLE_GRANTS, DB.DBA.SYS_USERS AS r
	    WHERE u.U_NAME = 'reader' AND GI_SUPER = u.U_ID AND GI_SUB = r.U_ID AND r.U_NAME = 'SPARQL_SELECT';
	END
    printf "user_set_password('dba', '%s');\n" "$secret" | sql dba
    printf "%s\nSELECT 'changed' FROM DB.DBA.SYS_USERS WHERE U_NAME = 'dba';\n" "$secret" | sql | grep -q '^changed$' ||
        fail "the password of dba was not changed"
    printf '%s\ncheckpoint;\nshutdown;\n' "$secret" | sql || true
    while [ -e virtuoso.lck ]; do sleep 1; done
    echo "$found" > loaded
fi
exec virtuoso-t +foreground +configfile "$ini"
