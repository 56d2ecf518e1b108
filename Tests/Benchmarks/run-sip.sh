#!/bin/bash
# The SIP side beside Kamailio, and its handshakes beside OpenSSL's own server: run-sip.sh isthmus|kamailio|openssl…
#   message    MESSAGE over TCP and over TLS, 200 outstanding. Isthmus: in at one sip-edge, over the bus to its xmpp-edge, over a stream with TLS to the
#              generator, and the answer back. Kamailio: a stateful relay (t_relay) from connection to connection.
#   handshake  mutual TLS as `openssl s_time -new` asks for it, one connection after another
# Charged for Isthmus is sip-edge; xmpp-edge, the way on, is listed and not charged.
. "$(dirname "$0")/env.sh"; cd "$PEERS_SRC"; R="${RUNS:-3}"; N="${N:-20000}"; ulimit -n "$(ulimit -Hn)"
sink=s2sd:127.0.0.15:5269:sink.test:$PEERS/ca/sink.test.crt:$PEERS/ca/sink.test.key
pair=$PEERS/ca/sip.test.crt:$PEERS/ca/sip.test.key
handshakes() { # SYSTEM RUNFILE IP [SECONDS]
  ns ./handshakes.py "$1-sip-handshake" "$R" "$2" openssl s_time -connect "$3:5061" -new -time "${4:-5}" -tls1_3 \
    -cert "$PEERS/ca/sip.test.crt" -key "$PEERS/ca/sip.test.key"; }
for system in "$@"; do case $system in
 isthmus)
  ./gateway.sh start || exit 1
  S="-s server=isthmus-sip-edge -s -xmpp-edge=isthmus-xmpp-edge" a="--sr sip:v%@sink.test --sf sip:u%@sip.test"
  for tr in tcp tls; do
   [ $tr = tcp ] && src=siptcp:127.0.0.61:5070:127.0.0.21:5060 || src=siptls:127.0.0.61:5070:127.0.0.21:5061:$pair
   ns xload --maxs 25 --src $src --dst $sink $a --n 500 --win 50 --id w > /dev/null
   ns ./bench.py isthmus-sip-message-$tr -r $R $S -- xload --maxs 30 --src $src --dst $sink $a --n $N --win 200 --id a{i}_
  done
  handshakes isthmus isthmus-sip-edge 127.0.0.21
  ./gateway.sh stop;;
 kamailio)
  for tr in tcp tls; do
   TR=$tr WITH_TLS=1 ./kamailio.sh start proxy 127.0.0.31
   [ $tr = tcp ] && src=siptcp:127.0.0.61:5070:127.0.0.31:5060 dst=siptcpd:127.0.0.62:5060 ||
    { src=siptls:127.0.0.61:5070:127.0.0.31:5061:$pair dst=siptlsd:127.0.0.62:5061:$pair; }
   a="--sr sip:v%@sip.test --sf sip:u%@x.test"
   ns xload --maxs 25 --src $src --dst $dst $a --n 500 --win 50 --id w > /dev/null
   ns ./bench.py kamailio-sip-message-$tr -r $R -s server=kamailio-proxy -- xload --maxs 30 --src $src --dst $dst $a --n $N --win 200 --id a{i}_
   ./kamailio.sh stop proxy
  done
  # Two workers free what they share twice when connections come and go this fast (5.6.3 with OpenSSL 3), and the whole server ends.
  CHILDREN=1 TR=tls WITH_TLS=1 ./kamailio.sh start proxy 127.0.0.31
  handshakes kamailio kamailio-proxy 127.0.0.31 2
  ./kamailio.sh stop proxy;;
 openssl) # a handshake with both certificates and nothing else, in one thread
  start s_server openssl s_server -accept 127.0.0.32:5061 -tls1_3 -no_ticket -no_cache -quiet -www -CAfile "$PEERS/ca/ca.crt" -Verify 2 \
    -verify_return_error -cert "$PEERS/ca/sip.test.crt" -key "$PEERS/ca/sip.test.key"
  sleep 1
  handshakes openssl s_server 127.0.0.32
  stop s_server;;
esac; done
