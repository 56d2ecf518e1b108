#!/bin/bash
# One server-to-server stream with TLS and SASL EXTERNAL, 200 stanzas outstanding: run-s2s.sh isthmus|prosody|ejabberd…
#   s2s-in    the generator is the other server; the one under test hands each stanza on: xmpp-edge to its sip-edge over the bus
#             (CURVE), Prosody and ejabberd to a component (TCP, XML)
#   s2s-out   the other way; the generator is the server that takes them
#   s2s-pair  from one server to another of its kind, with a hand-over at each end
# What is charged is the process that speaks XMPP to other servers: xmpp-edge, Prosody, ejabberd. sip-edge is listed, and not charged:
# it does what the component does, which is the generator itself for the others.
. "$(dirname "$0")/env.sh"; cd "$PEERS_SRC"; R="${RUNS:-3}"; N="${N:-20000}"
sink=s2sd:127.0.0.15:5269:sink.test:$PEERS/ca/sink.test.crt:$PEERS/ca/sink.test.key
load() { echo "s2s:$1:5269:load.test:$2:$PEERS/ca/load.test.crt:$PEERS/ca/load.test.key"; }
measure() { local name=$1 servers=$2; shift 2
  ns xload --maxs 25 "$@" --n 500 --win 50 --id w --drain 8000 > /dev/null   # opens the stream, fills caches
  ns ./bench.py "$name" -r $R $servers -- xload --maxs 30 "$@" --n $N --win 200 --id a{i}_; }
for system in "$@"; do case $system in
 isthmus)
  ./gateway.sh start && ./gateway.sh start second || exit 1
  S="-s server=isthmus-xmpp-edge -s -sip-edge=isthmus-sip-edge"
  measure isthmus-s2s-in "$S" --src $(load 127.0.0.21 sip.test) --dst siptcpd:127.0.0.62:5060 --xf v%@load.test --xt u%@sip.test
  measure isthmus-s2s-out "$S" --src siptcp:127.0.0.61:5070:127.0.0.21:5060 --dst $sink --sr sip:v%@sink.test --sf sip:u%@sip.test
  measure isthmus-s2s-pair "$S -s server2=isthmus2-xmpp-edge -s -sip-edge2=isthmus2-sip-edge" \
    --src siptcp:127.0.0.61:5070:127.0.0.21:5060 --dst siptcpd:127.0.0.63:5060 --sr sip:v%@sip2.test --sf sip:u%@sip.test
  ./gateway.sh stop second; ./gateway.sh stop;;
 prosody|ejabberd)
  # With Nagle's algorithm, Prosody's default, a window of 200 waits for delayed acknowledgements: without it is its better figure.
  export PROSODY_EXTRA="network_settings = { nagle = false }"
  ./$system.sh start 127.0.0.11 xmpp.test; ./$system.sh start 127.0.0.12 partner1.test; sleep 1
  A=comp:127.0.0.11:5347:c.xmpp.test:secret B=comp:127.0.0.12:5347:c.partner1.test:secret S="-s server=$system-partner1.test"
  measure $system-s2s-in "$S" --src $(load 127.0.0.12 c.partner1.test) --dst $B --xf u%@load.test --xt v%@c.partner1.test
  measure $system-s2s-out "$S" --src $B --dst $sink --xf u%@c.partner1.test --xt v%@sink.test
  measure $system-s2s-pair "$S -s server2=$system-xmpp.test" --src $A --dst $B --xf u%@c.xmpp.test --xt v%@c.partner1.test
  ./$system.sh stop x xmpp.test; ./$system.sh stop x partner1.test; unset PROSODY_EXTRA;;
esac; done
