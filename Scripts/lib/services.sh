# Sourced: starts and stops the six services on this machine. Needs common.sh; sets $state, $run_dir, $log_dir.
#
# Everything can be set by environment:
#   ISTHMUS_STATE       the folder for keys, stores, logs and pids (.isthmus)
#   ISTHMUS_BIN         the folder of the executables (the debug build)
#   ISTHMUS_ADDRESS     where XMPP and SIP listen (127.0.0.1)
#   ISTHMUS_PORT_BASE   ports from here on instead of the well-known ones, so that two gateways can stand side by side
#   ISTHMUS_X           any setting X of a service's --help, for every service that has it
#   XMPP_EDGE_X …       the same for one service alone: its own name in place of ISTHMUS
state=$(realpath -m "${ISTHMUS_STATE:-$root/.isthmus}")
run_dir=$state/run
log_dir=$state/log
bin=$(binaries)
# In the order in which they are started; any other works as well.
services=(policy-service cert-service dialback-authority dns-publisher xmpp-edge sip-edge)

address=${ISTHMUS_ADDRESS:-127.0.0.1}
base=${ISTHMUS_PORT_BASE:-}
# port WELL-KNOWN OFFSET
port() { if [ -n "$base" ]; then printf '%s' $((base + $2)); else printf '%s' "$1"; fi; }

bus_requests() {
    case $1 in
    policy-service) port 7101 11 ;;
    xmpp-edge) port 7111 21 ;;
    sip-edge) port 7121 31 ;;
    dialback-authority) port 7131 41 ;;
    cert-service) port 7141 51 ;;
    dns-publisher) port 7151 61 ;;
    esac
}
bus_publications() { printf '%s' $(($(bus_requests "$1") + 1)); }
admin_port() {
    case $1 in
    policy-service) port 9101 71 ;;
    xmpp-edge) port 9102 72 ;;
    sip-edge) port 9103 73 ;;
    dialback-authority) port 9104 74 ;;
    cert-service) port 9105 75 ;;
    dns-publisher) port 9106 76 ;;
    esac
}

# defaults SERVICE: what a service is told unless the environment says otherwise, KEY=value, one a line. What a service
# does not know is left out (configured_settings).
defaults() {
    local service=$1 other variable
    printf '%s\n' "ISTHMUS_ADMIN_LISTEN=127.0.0.1:$(admin_port "$service")" "ISTHMUS_INSTANCE=$service-1" \
        "ISTHMUS_BUS_KEYS=$state/keys" "ISTHMUS_BUS_LISTEN=127.0.0.1:$(bus_requests "$service")" \
        "ISTHMUS_BUS_PUBLISH=127.0.0.1:$(bus_publications "$service")"
    for other in "${services[@]}"; do
        variable=ISTHMUS_BUS_${other//-/_}
        printf '%s\n' "${variable^^}=127.0.0.1:$(bus_requests "$other")" \
            "${variable^^}_PUBLICATIONS=127.0.0.1:$(bus_publications "$other")"
    done
    case $service in
    policy-service)
        printf '%s\n' "ISTHMUS_STORE_PATH=$state/data/policy.sqlite" "ISTHMUS_API_LISTEN=127.0.0.1:$(port 8080 5)" \
            "ISTHMUS_API_TOKEN_PATH=$state/admin-token"
        ;;
    cert-service)
        printf '%s\n' "ISTHMUS_CERTIFICATES_DIRECTORY=$state/data/certificates" \
            "ISTHMUS_CERTIFICATES_MASTER_KEY_PATH=$state/data/certificates.master-key"
        ;;
    dialback-authority)
        printf '%s\n' "ISTHMUS_DIALBACK_SECRET_PATH=$state/data/dialback-secret"
        ;;
    dns-publisher)
        printf '%s\n' "ISTHMUS_DNS_ZONE_DIRECTORY=$state/data/zones" "ISTHMUS_DNS_PORT_XMPP=$(port 5269 1)" \
            "ISTHMUS_DNS_PORT_XMPP_DIRECT_TLS=$(port 5270 2)" "ISTHMUS_DNS_PORT_SIP=$(port 5060 3)" \
            "ISTHMUS_DNS_PORT_SIP_TLS=$(port 5061 4)"
        ;;
    xmpp-edge)
        printf '%s\n' "ISTHMUS_XMPP_LISTEN=$address:$(port 5269 1)" \
            "ISTHMUS_XMPP_LISTEN_DIRECT_TLS=$address:$(port 5270 2)" "ISTHMUS_XMPP_PUBLIC_ADDRESSES=$address"
        ;;
    sip-edge)
        printf '%s\n' "ISTHMUS_SIP_TCP=$address:$(port 5060 3)" "ISTHMUS_SIP_TLS=$address:$(port 5061 4)" \
            "ISTHMUS_SIP_PUBLIC_ADDRESSES=$address"
        ;;
    esac
}

# configured_settings SERVICE: the defaults it knows, under the caller's environment.
configured_settings() {
    local service=$1 known variable own
    known=$("$bin/$service" --help | sed -n 's/^  \(ISTHMUS_[A-Z0-9_]*\)  .*/\1/p')
    defaults "$service" | grep -F -f <(sed 's/$/=/' <<<"$known") || true
    for variable in $known ISTHMUS_CONFIG; do
        own=${service//-/_}
        own=${own^^}_${variable#ISTHMUS_}
        if [ -n "${!own:-}" ]; then
            printf '%s=%s\n' "$variable" "${!own}"
        elif [ -n "${!variable:-}" ]; then
            printf '%s=%s\n' "$variable" "${!variable}"
        fi
    done
}

# start_service SERVICE: in the background, with nothing in its environment but its settings.
start_service() {
    local settings
    mapfile -t settings < <(configured_settings "$1")
    start_process "$1" env -i "PATH=$PATH" "HOME=$state" "${settings[@]}" "$bin/$1"
}

service_ready() { ISTHMUS_ADMIN_LISTEN=$(admin_listen "$1") "$bin/$1" --health; }

admin_listen() { configured_settings "$1" | sed -n 's/^ISTHMUS_ADMIN_LISTEN=//p' | tail -n 1; }

# start_services: keys when there are none, then all six, and waits until each is ready. Shows what failed.
start_services() {
    local service failed=()
    mkdir -p "$state/data" "$run_dir" "$log_dir"
    chmod 700 "$state"
    "$bin/isthmusctl" keys init --directory "$state/keys" --only-missing >/dev/null
    for service in "${services[@]}"; do
        [ -z "$(pid_of "$service")" ] || die "$service already runs; stop it with Scripts/down"
    done
    for service in "${services[@]}"; do
        : >"$log_dir/$service.log"
        start_service "$service"
    done
    for service in "${services[@]}"; do
        wait_until "${ISTHMUS_READY_TIMEOUT:-60}" "$service" service_ready_or_gone "$service" || true
        { [ -n "$(pid_of "$service")" ] && service_ready "$service" >/dev/null; } || failed+=("$service")
    done
    [ ${#failed[@]} -gt 0 ] || return 0
    for service in "${failed[@]}"; do
        [ -z "$(pid_of "$service")" ] || say "$service: $(service_ready "$service" || true)" >&2
        show_log "$service"
    done
    stop_services
    die "not ready: ${failed[*]}"
}

service_ready_or_gone() { [ -z "$(pid_of "$1")" ] || service_ready "$1"; }

# The edges first, so that they can say good-bye to policy-service and are withdrawn; then the others.
stop_services() {
    stop_together xmpp-edge sip-edge
    stop_together policy-service cert-service dialback-authority dns-publisher
}

stop_together() {
    local service pid
    for service in "$@"; do
        if pid=$(pid_of "$service"); then kill -TERM "$pid" 2>/dev/null || true; fi
    done
    for service in "$@"; do stop_process "$service"; done
}

# setting_of SERVICE VARIABLE: what the service was told.
setting_of() { configured_settings "$1" | sed -n "s/^$2=//p" | tail -n 1; }

# write_endpoints: $state/env (KEY=value), and $state/isthmusctl, which knows where the API is.
write_endpoints() {
    local service variable
    {
        printf '%s=%s\n' ISTHMUS_API "http://$(setting_of policy-service ISTHMUS_API_LISTEN)" \
            ISTHMUS_TOKEN_FILE "$(setting_of policy-service ISTHMUS_API_TOKEN_PATH)" \
            XMPP_LISTEN "$(setting_of xmpp-edge ISTHMUS_XMPP_LISTEN)" \
            XMPP_LISTEN_DIRECT_TLS "$(setting_of xmpp-edge ISTHMUS_XMPP_LISTEN_DIRECT_TLS)" \
            SIP_TCP "$(setting_of sip-edge ISTHMUS_SIP_TCP)" \
            SIP_TLS "$(setting_of sip-edge ISTHMUS_SIP_TLS)"
        for service in "${services[@]}"; do
            variable=${service//-/_}
            printf '%s=%s\n' "${variable^^}_ADMIN" "http://$(admin_listen "$service")" \
                "${variable^^}_LOG" "$log_dir/$service.log" "${variable^^}_PID" "$(pid_of "$service")"
        done
    } >"$state/env"
    {
        printf '#!/bin/sh\n# The administrator of the gateway in %s.\n' "$state"
        printf 'ISTHMUS_API=%s ISTHMUS_TOKEN_FILE=%s exec %s "$@"\n' \
            "http://$(setting_of policy-service ISTHMUS_API_LISTEN)" \
            "$(setting_of policy-service ISTHMUS_API_TOKEN_PATH)" "$bin/isthmusctl"
    } >"$state/isthmusctl"
    chmod 755 "$state/isthmusctl"
}
