#!/bin/bash
# Full set-ups of inbound streams, 16 at a time: TCP, STARTTLS (TLS 1.3, RSA-2048, no resumption), then SASL EXTERNAL or
# dialback, for which the server asks the generator back: run-setup.sh isthmus|prosody|ejabberd…
# Charged is every process that has a part in it: for Isthmus xmpp-edge and dialback-authority (which is idle here: it has our keys only).
. "$(dirname "$0")/env.sh"; cd "$PEERS_SRC"; R="${RUNS:-3}"; N="${N_SETUP:-1000}"
ulimit -n "$(ulimit -Hn)"
setups() { # SYSTEM SERVERS IP DOMAIN external|dialback
  local from=load.test cert=load.test verify=
  [ "$5" = external ] || { from=load2.test cert=bad-untrusted verify="--verify 127.0.0.42:5269:$PEERS/ca/bad-untrusted.crt:$PEERS/ca/bad-untrusted.key"; }
  local args="--mode setup --auth $5 --src s2s:$3:5269:$from:$4:$PEERS/ca/$cert.crt:$PEERS/ca/$cert.key --par 16 $verify"
  ns xload $args --n 50 > /dev/null
  ns ./bench.py "$1-setup-$5" -r $R $2 -- xload $args --n $N; }
for system in "$@"; do case $system in
 isthmus) ./gateway.sh start || exit 1
  S="-s server=isthmus-xmpp-edge -s authority=isthmus-dialback-authority"
  setups isthmus "$S" 127.0.0.21 sip.test external
  setups isthmus "$S" 127.0.0.21 sip.test dialback
  ./gateway.sh stop;;
 prosody|ejabberd) export PROSODY_EXTRA="network_settings = { nagle = false }"
  for auth in external dialback; do
   ./$system.sh start 127.0.0.12 partner1.test $auth; sleep 1
   setups $system "-s server=$system-partner1.test" 127.0.0.12 partner1.test $auth
   ./$system.sh stop x partner1.test; done; unset PROSODY_EXTRA;;
esac; done
