#!/bin/bash
# gateway.sh start|stop [second]: the six services (release build) inside the namespace, configured for the load generator.
#   first   sip.test at 127.0.0.21;  load.test, load2.test, sink.test and sip2.test are XMPP partners; 127.0.0.62:5060 is the SIP server
#   second  sip2.test at 127.0.0.22; sip.test is its XMPP partner, and 127.0.0.63:5060 its SIP server
# load2.test proves itself by dialback, everybody else by certificate.
. "$(dirname "$0")/env.sh"
ROOT=$(cd "$PEERS_SRC/../.." && pwd)
case "${2:-first}" in
first) NAME=isthmus IP=127.0.0.21 DOM=sip.test UAC=127.0.0.61 UAS=127.0.0.62 OTHERS="load.test sink.test sip2.test" ;;
second) NAME=isthmus2 IP=127.0.0.22 DOM=sip2.test UAC=127.0.0.64 UAS=127.0.0.63 OTHERS=sip.test
  # Bus, API and admin ports of their own; XMPP and SIP where the first has them, on an address of its own.
  export ISTHMUS_PORT_BASE=21000 XMPP_EDGE_XMPP_LISTEN=$IP:5269 XMPP_EDGE_XMPP_LISTEN_DIRECT_TLS=$IP:5270 SIP_EDGE_SIP_TCP=$IP:5060 SIP_EDGE_SIP_TLS=$IP:5061 ;;
esac
export ISTHMUS_STATE=$PEERS/$NAME ISTHMUS_BIN=${ISTHMUS_BIN:-$ROOT/.build/release} ISTHMUS_LOG_LEVEL=${ISTHMUS_LOG_LEVEL:-info}
export ISTHMUS_ADDRESS=$IP ISTHMUS_RESOLVER_SERVERS=127.0.0.53@53
# The load generator is one peer at one address: what is measured is the program, not the limits of a stranger.
export ISTHMUS_LIMITS_BYTE_RATE=1000000000 ISTHMUS_LIMITS_BYTE_BURST=1000000000
export ISTHMUS_LIMITS_STANZA_RATE=10000000 ISTHMUS_LIMITS_STANZA_BURST=10000000
export ISTHMUS_LIMITS_HANDSHAKE_RATE=1000000 ISTHMUS_LIMITS_HANDSHAKE_BURST=1000000
export ISTHMUS_LIMITS_CONNECTION_RATE=1000000 ISTHMUS_LIMITS_CONNECTION_BURST=1000000
export ISTHMUS_LIMITS_CONNECTIONS=200000 ISTHMUS_LIMITS_CONNECTIONS_PER_ADDRESS=100000 ISTHMUS_LIMITS_SUBSCRIPTIONS=200000 ISTHMUS_LIMITS_VERIFICATIONS_PER_ADDRESS=1000
ulimit -n "$(ulimit -Hn)"
case "$1" in
start)
  rm -rf "$ISTHMUS_STATE"
  ns "$ROOT/Scripts/up" || exit 1
  ctl() { ns "$ISTHMUS_STATE/isthmusctl" "$@" > /dev/null || { echo "isthmusctl $* failed" >&2; exit 1; }; }
  ctl domain add $DOM --xmpp-access true
  ctl route add $DOM --next-hop $UAS --port 5060 --transport tcp
  ctl host add $UAC
  ctl host add $UAS
  ctl host add $DOM   # over TLS: by the name in the generator's certificate
  ctl settings set --connection-limit 100000 --partner-connection-limit 10000
  for partner in $OTHERS; do
    ctl partner add $partner --partner-type federated --tls required --sasl required --dialback false --connection-limit 10000; done
  [ $NAME != isthmus ] || ctl partner add load2.test --partner-type federated --tls required --sasl not-supported --dialback true --connection-limit 10000
  ctl certificate trust add "$PEERS/ca/ca.crt" --use xmpp --use sip
  ctl certificate import "$PEERS/ca/$DOM.crt" --key-file "$PEERS/ca/$DOM.key" --use xmpp --use sip
  for service in xmpp-edge sip-edge policy-service cert-service dialback-authority dns-publisher; do
    cp "$ISTHMUS_STATE/run/$service.pid" "$PEERS/run/$NAME-$service.pid"; done
  wait_port $IP 5269 && wait_port $IP 5060
  # An edge follows a change within a second.
  for _ in $(seq 50); do ns "$ISTHMUS_STATE/isthmusctl" edge list -o json | grep -q '"policy-current" *: *false' || exit 0; sleep 0.1; done;;
stop) ns "$ROOT/Scripts/down"; rm -f "$PEERS"/run/$NAME-*.pid;;
esac
