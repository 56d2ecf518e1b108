#!/bin/bash
# The load generator, the namespace, certificates and DNS for the benchmarks.
. "$(dirname "$0")/env.sh"; set -e
ns_up; cd "$PEERS_SRC/src"
gcc -O2 -w -o "$PEERS/bin/xload" xload.c -lssl -lcrypto -lpthread
gcc -O2 -shared -fPIC -w -o "$PEERS/bin/kamxmppshim.so" kamxmppshim.c -Wl,--no-as-needed -lexpat -ldl
[ -f "$PEERS/ca/sip2.test.crt" ] || "$PEERS_SRC/certs.sh" > /dev/null
"$PEERS_SRC/dns.sh" stop; "$PEERS_SRC/dns.sh" start
