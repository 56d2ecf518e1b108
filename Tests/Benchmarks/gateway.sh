#!/bin/bash
# gateway.sh start|stop: the six services (release build) inside the namespace, configured for the load generator:
# sip.test is ours; load.test and sink.test are XMPP partners who prove themselves by certificate; 127.0.0.62:5060 is the SIP server.
. "$(dirname "$0")/env.sh"
ROOT=$(cd "$PEERS_SRC/../.." && pwd)
export ISTHMUS_STATE=$PEERS/isthmus ISTHMUS_BIN=${ISTHMUS_BIN:-$ROOT/.build/release} ISTHMUS_LOG_LEVEL=${ISTHMUS_LOG_LEVEL:-info}
export ISTHMUS_ADDRESS=127.0.0.21 ISTHMUS_RESOLVER_SERVERS=127.0.0.53@53
# The load generator is one peer with one stream: what is measured is the program, not the limits of a stranger.
export ISTHMUS_LIMITS_BYTE_RATE=1000000000 ISTHMUS_LIMITS_BYTE_BURST=1000000000
export ISTHMUS_LIMITS_STANZA_RATE=10000000 ISTHMUS_LIMITS_STANZA_BURST=10000000
case "$1" in
start)
  rm -rf "$ISTHMUS_STATE"
  ns "$ROOT/Scripts/up" || exit 1
  ctl() { ns "$ISTHMUS_STATE/isthmusctl" "$@" > /dev/null || { echo "isthmusctl $* failed" >&2; exit 1; }; }
  ctl domain add sip.test --xmpp-access true
  ctl route add sip.test --next-hop 127.0.0.62 --port 5060 --transport tcp
  ctl host add 127.0.0.61
  ctl host add 127.0.0.62
  for partner in load.test sink.test; do
    ctl partner add $partner --partner-type federated --tls required --sasl required --dialback false; done
  ctl certificate trust add "$PEERS/ca/ca.crt" --use xmpp
  for service in xmpp-edge sip-edge policy-service cert-service dialback-authority dns-publisher; do
    cp "$ISTHMUS_STATE/run/$service.pid" "$PEERS/run/isthmus-$service.pid"; done
  wait_port 127.0.0.21 5269 && wait_port 127.0.0.21 5060
  # An edge follows a change within a second.
  for _ in $(seq 50); do ns "$ISTHMUS_STATE/isthmusctl" edge list -o json | grep -q '"policy-current" *: *false' || exit 0; sleep 0.1; done;;
stop) ns "$ROOT/Scripts/down"; rm -f "$PEERS"/run/isthmus-*.pid;;
esac
