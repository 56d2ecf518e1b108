#!/bin/bash
# Kamailio's xmpp module as gateway, behind Prosody or ejabberd as a component (no TLS anywhere): run-kamailio.sh prosody|ejabberd
. "$(dirname "$0")/env.sh"; cd "$PEERS_SRC"; R="${RUNS:-3}"; N="${N:-20000}"; export TR=tcp
for server in "$@"; do
  ./$server.sh start 127.0.0.11 xmpp.test; ./kamailio.sh start gw 127.0.0.31; sleep 1
  S="-s kamailio=kamailio-gw -s $server=$server-xmpp.test"
  src=siptcp:127.0.0.61:5060:127.0.0.31:5060 uas=siptcpd:127.0.0.62:5060 comp=comp:127.0.0.11:5347:c.xmpp.test:secret
  s2x="--sr sip:v%*c.xmpp.test@gw.sip.test --sf sip:u%@sip.test" x2s="--xf v%@c.xmpp.test --xt u%*sip.test@gw.xmpp.test"
  ns ./bench.py kamailio-$server-tcp-sip2xmpp-max-win200 -r $R $S -- xload --maxs 25 --src $src --dst $comp $s2x --n $N --win 200 --id a{i}_
  ns ./bench.py kamailio-$server-tcp-sip2xmpp-500ps      -r $R $S -- xload --maxs 25 --src $src --dst $comp $s2x --n 2500 --rate 500 --id b{i}_
  ns ./bench.py kamailio-$server-tcp-xmpp2sip-max-win200 -r $R $S -- xload --maxs 25 --src $comp --dst $uas $x2s --n $N --win 200 --id c{i}_
  ns ./bench.py kamailio-$server-tcp-xmpp2sip-500ps      -r $R $S -- xload --maxs 25 --src $comp --dst $uas $x2s --n 2500 --rate 500 --id d{i}_
  ./kamailio.sh stop gw; ./$server.sh stop x xmpp.test
done
