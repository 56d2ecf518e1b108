%%% mod_isthmus_partition: a domain whose users live partly on this server and partly on a SIP server behind Isthmus.
%%%
%%% What a local user sends to a user of the same domain whom this server does not know goes to the gateway's component, with
%%% its address unchanged. Whether the SIP side knows the user is for the gateway to say, by an error stanza if need be.
%%%
%%%   listen:
%%%     - port: 5347
%%%       module: ejabberd_service
%%%       access: all
%%%       check_from: false      # the gateway speaks for the SIP users of example.com
%%%       global_routes: false
%%%       hosts:
%%%         isthmus.example.com: { password: "…" }
%%%   host_config:
%%%     example.com:
%%%       modules:
%%%         mod_isthmus_partition: { component: isthmus.example.com }
-module(mod_isthmus_partition).
-behaviour(gen_mod).
-export([start/2, stop/1, reload/3, depends/2, mod_opt_type/1, mod_options/1, mod_doc/0]).
-export([route/1]).

start(_Host, _Opts) ->
    ejabberd_hooks:add(filter_packet, global, ?MODULE, route, 50).

stop(_Host) ->
    ejabberd_hooks:delete(filter_packet, global, ?MODULE, route, 50).

reload(_Host, _New, _Old) ->
    ok.

depends(_Host, _Opts) ->
    [].

mod_opt_type(component) ->
    econf:host().

mod_options(_Host) ->
    [{component, <<>>}].

mod_doc() ->
    #{desc => <<"Hands what is for users of the domain who live on a SIP server to the gateway's component.">>}.

%% Every stanza passes here on its way.
route(drop) ->
    drop;
route(Packet) ->
    {User, Host, _} = jid:tolower(xmpp:get_to(Packet)),
    {FromUser, FromHost, _} = jid:tolower(xmpp:get_from(Packet)),
    case User =/= <<>> andalso is_split(Host) andalso is_here(FromUser, FromHost)
        andalso not ejabberd_auth:user_exists(User, Host) of
        true -> hand_over(Packet, gen_mod:get_module_opt(Host, ?MODULE, component));
        false -> Packet
    end.

is_split(Host) ->
    lists:member(Host, ejabberd_option:hosts()) andalso gen_mod:is_loaded(Host, ?MODULE).

%% Other domains reach the gateway by a stream of their own, and what came from the gateway does not go back.
is_here(<<>>, Host) ->
    lists:member(Host, ejabberd_option:hosts());
is_here(User, Host) ->
    lists:member(Host, ejabberd_option:hosts()) andalso ejabberd_auth:user_exists(User, Host).

%% Where no gateway is attached, the stanza takes its usual way and is answered with an error.
hand_over(Packet, Component) ->
    Backend = ejabberd_router:get_backend(),
    case Backend:find_routes(Component) of
        {ok, [Route | _]} ->
            %% -record(route, {domain, server_host, pid, local_hint}).
            element(4, Route) ! {route, Packet},
            drop;
        _ ->
            Packet
    end.
