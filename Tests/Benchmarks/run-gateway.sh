#!/bin/bash
# The gateway under the load that the peers get in run-kamailio.sh: same generator, same pacing. XMPP side: a server-to-server stream with
# TLS and SASL EXTERNAL; SIP side: TCP.
. "$(dirname "$0")/env.sh"; cd "$PEERS_SRC"; R="${RUNS:-3}"; N="${N:-20000}"
S="-s xmpp=isthmus-xmpp-edge -s sip=isthmus-sip-edge"
sip=siptcp:127.0.0.61:5070:127.0.0.21:5060
sink=s2sd:127.0.0.15:5269:sink.test:$PEERS/ca/sink.test.crt:$PEERS/ca/sink.test.key
load=s2s:127.0.0.21:5269:load.test:sip.test:$PEERS/ca/load.test.crt:$PEERS/ca/load.test.key
uas=siptcpd:127.0.0.62:5060
s2x="--sr sip:v%@sink.test --sf sip:u%@sip.test"
x2s="--xf v%@load.test --xt u%@sip.test"
./gateway.sh start || exit 1
ns ./bench.py isthmus-tcp-sip2xmpp-max-win200 -r $R $S -- xload --maxs 30 --src $sip --dst $sink $s2x --n $N --win 200 --id a{i}_
ns ./bench.py isthmus-tcp-sip2xmpp-500ps      -r $R $S -- xload --maxs 30 --src $sip --dst $sink $s2x --n 2500 --rate 500 --id b{i}_
ns ./bench.py isthmus-tcp-xmpp2sip-max-win200 -r $R $S -- xload --maxs 30 --src $load --dst $uas $x2s --n $N --win 200 --id c{i}_
ns ./bench.py isthmus-tcp-xmpp2sip-500ps      -r $R $S -- xload --maxs 30 --src $load --dst $uas $x2s --n 2500 --rate 500 --id d{i}_
./gateway.sh stop
