"""Every number and name that the box gives to a port, a table, a mark, a bridge. Each stands here once."""

from __future__ import annotations

from ipaddress import IPv4Address

REDIRECT_PORT = 12345
"""redsocks: where the firewall sends the LAN's TCP connections; those for other destinations go to the next ports."""
SOCKS_PORT = 1080
"""ss-local: where redsocks hands them on, on 127.0.0.1; those of other destinations have the next ports."""
RESOLVER_PORT = 5300
"""unbound: DNS by TCP through the bonded connection, on 127.0.0.1."""
DESTINATION_RESOLVER = IPv4Address("198.19.53.53")
"""By this address each destination's kit takes questions for names from its own proxy. It is one of those for
benchmarks (RFC 2544), which nobody on the Internet has, and never leaves a machine."""
DESTINATION_RESOLVER_PORT = 5353
"""First of the ports of that address, one a destination: by it the box asks one of them, whether it is alive or not. On
the servers all ports lead to the same."""
ROUTE_RESOLVER_PORT = 5500
"""First of those by which names of a route are asked, wherever that leads just now, one a route; port 53 is for all
other names."""
DNS_PORT = 53
DOT_PORT = 853
"""DNS over TLS (RFC 7858)."""
ANSWER_LIFETIME = 900
"""Seconds that an answer is good for at the most, on a site where names decide what goes where."""
NAMES_KEPT = 3600
"""Seconds that the addresses of such a name are kept at the least, and half as long as at the most: devices there are
that go by an answer for longer than it is good for."""
NTP_PORT = 123
"""chronyd: the time for the LAN (RFC 5905), on the LAN's address."""

MODEM_PORT = 12400
"""First of the ports, two a line, where those wait who see the LAN's browsers to a modem's page."""
MODEM_PAGES = (80, 443)
"""Ports of that page."""

BOARD_MEMORY = 2000
"""MB of the smallest board that an image is for."""
CONNECTION_MEMORY = 0.125
"""MB that a connection of the LAN takes of the box, at the most: 0.12 by `invoke bench soak`."""
REDIRECTED_CONNECTIONS = int(BOARD_MEMORY / 2 / CONNECTION_MEMORY)
"""Connections of the LAN that are carried at a time, in half of the memory. Each takes redsocks six file descriptors
and two pipes."""
OWN_CONNECTIONS = 150
"""Those of the box's own, beside the LAN's: a resolver's questions go the same way."""
CALLED_CONNECTIONS = 500
"""Those by which a device is called from the Internet (`ports`): beside its own, so that nobody outside cuts it off."""
DEVICE_CONNECTIONS = REDIRECTED_CONNECTIONS // 4
"""Those of one device, by its address: a fourth, and less than a fourth of what nf_conntrack_max leaves room for
(overlay/etc/sysctl.d/braid.conf). A browser has some 200, a torrent client at its worst 1,000."""
CROWDED_SECONDS = 600
"""For which a device is told of that had one refused for that, or for all that the box carries."""

BRIDGE = "lan"
"""The LAN's bridge over its ports."""
NFT_TABLE = "braid"
"""The one nftables table, of family inet. overlay/etc/nftables.conf loads a closed one by this name at boot."""

NFT_LAN = "braid-lan"
"""The nftables table, of family bridge, that hears who announces himself to the LAN as a router."""
NFT_BUDGETS = "braid-budget"
"""The nftables table that counts budgets. One of its own: what it has counted outlives a new ruleset."""

TABLE_MAIN = 254
NFT_ROUTES = "braid-routes"
"""The nftables table that says which destination a connection goes to. One of its own: the addresses that names have
led to outlive a new ruleset."""

UPLINK_TABLE = 100
"""First of the uplinks' routing tables. Packets marked for an uplink go by its own."""
PATH_TABLE = 150
"""First of the paths' routing tables. Packets from a path's own address go by its own."""
MARK = 0x100
"""First of the uplinks' firewall marks. A tunnel marks its packets for its uplink."""
DESTINATION_MARK = 0x200
"""First of the connection marks (nft(8), ct mark) that say which destination a connection of the LAN's goes to."""
REFUSED_MARK = 0x2FF
"""Of those that go nowhere."""
CARRIER = "carrier"
"""How the names of the interfaces begin whose tunnels carry UDP of the LAN, one a destination; a number follows."""
INBOUND = "inbound"
"""How the names of the interfaces begin by which what comes in by lines makes a detour; the line's number follows."""
CARRIER_ADDRESS = IPv4Address("198.19.54.0")
"""First of the addresses that these have, of those for benchmarks (RFC 2544). Nothing is sent to them or from them: the
kernel drops what comes in by an interface without any (rp_filter)."""
CARRIER_TABLE = 200
"""First of the carriers' routing tables. Packets of the LAN that are marked for a destination go by its own."""
PATH_MARK = 0x300
"""First of the paths' firewall marks. A carrier marks its packets for the path that they are to take."""
MARK_RULE = 1000
"""First of the priorities of the uplinks' mark rules."""
PATH_RULE = 1050
"""First of the priorities of the paths' mark rules."""
SOURCE_RULE = 1100
"""First of the priorities of the paths' source rules."""
CARRIER_RULE = 1150
"""First of the priorities of the rules for what of the LAN's is marked for a destination."""
MOST_ALLOTTED = 50
"""Numbers that there are for uplinks, and as many for paths, in each of the ranges that begin so."""
OUR_RULES = range(1000, 1200)
"""Rules with these priorities belong to us alone."""
LATE_RULE = 40000
"""First of the priorities of rules that come after all tables of the kernel's own: by which line that forwards it would
send what is the LAN's, were there no other way. Without one it drops what comes in by that line (rp_filter)."""
LATE_RULES = range(LATE_RULE, LATE_RULE + MOST_ALLOTTED)
"""These, too, belong to us alone."""
ROUTE_PROTOCOL = 183
"""Marks a route as ours (rtnetlink(7), rtm_protocol; 183 is given to nobody in iproute2's list)."""

MOST_SUBFLOWS = 8
"""Additional subflows of a connection, hence paths: the most that Linux 6.12 takes (MPTCP_PM_ADDR_MAX)."""
