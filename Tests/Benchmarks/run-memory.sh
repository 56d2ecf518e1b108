#!/bin/bash
# Memory of idle inbound streams with TLS and SASL EXTERNAL, at 1000 and 5000 of them: run-memory.sh isthmus|prosody|ejabberd…
. "$(dirname "$0")/env.sh"; cd "$PEERS_SRC"
ulimit -n "$(ulimit -Hn)"
held() { ns ./memory.py "$1" "$2" 1000,5000 -- xload --mode hold --par 16 --src s2s:$3:5269:load.test:$4:$PEERS/ca/load.test.crt:$PEERS/ca/load.test.key; }
for system in "$@"; do case $system in
 isthmus) ./gateway.sh start || exit 1; held isthmus isthmus-xmpp-edge 127.0.0.21 sip.test; ./gateway.sh stop;;
 prosody|ejabberd) PROSODY_EXTRA="network_settings = { nagle = false }" ./$system.sh start 127.0.0.12 partner1.test; sleep 1
  held $system $system-partner1.test 127.0.0.12 partner1.test; ./$system.sh stop x partner1.test;;
esac; done
