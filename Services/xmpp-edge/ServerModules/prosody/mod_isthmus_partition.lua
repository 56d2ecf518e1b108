-- mod_isthmus_partition: a domain whose users live partly on this server and partly on a SIP server behind Isthmus.
--
-- What a local user sends to a user of the same domain whom this server does not know goes to the gateway's component, with its
-- address unchanged. Whether the SIP side knows the user is for the gateway to say, by an error stanza if need be.
--
--   VirtualHost "example.com"
--       modules_enabled = { "isthmus_partition" }
--       isthmus_component = "isthmus.example.com"
--
--   Component "isthmus.example.com"
--       component_secret = "…"
--       validate_from_addresses = false -- the gateway speaks for the SIP users of example.com

local jid_split = require "util.jid".split;
local user_exists = require "core.usermanager".user_exists;

local component = module:get_option_string("isthmus_component");
if not component then
	module:log("error", "isthmus_component is not set: it names the component to which Isthmus attaches");
	return;
end

local function is_here(user)
	return user_exists(user, module.host);
end

for _, kind in ipairs { "message", "presence", "iq" } do
	for _, form in ipairs { "bare", "full" } do
		local name = kind .. "/" .. form;
		module:hook(name, function (event)
			local user = jid_split(event.stanza.attr.to);
			local _, sender_host = jid_split(event.stanza.attr.from);
			if not user or is_here(user) then return; end
			-- Other domains reach the gateway by a stream of their own; and what came from it does not go back.
			if not prosody.hosts[sender_host] or event.origin.type == "component" then return; end
			local gateway = prosody.hosts[component];
			if not gateway then return; end
			return gateway.events.fire_event(name, event);
		end, 1000);
	end
end
