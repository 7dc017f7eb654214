"""Every number and name that the box gives to a port, a table, a mark, a bridge. Each stands here once."""

from __future__ import annotations

REDIRECT_PORT = 12345
"""redsocks: where the firewall sends the LAN's TCP connections."""
SOCKS_PORT = 1080
"""ss-local: where redsocks hands them on, on 127.0.0.1."""
RESOLVER_PORT = 5300
"""unbound: DNS by TCP through the bonded connection, on 127.0.0.1."""
NTP_PORT = 123
"""chronyd: the time for the LAN (RFC 5905), on the LAN's address."""

REDIRECTED_CONNECTIONS = 8000
"""Connections of the LAN that redsocks carries at a time. Each takes it six file descriptors and two pipes."""
DEVICE_CONNECTIONS = 2000
"""Those of one device, by its address: a fourth, and less than a fourth of what nf_conntrack_max leaves room for
(overlay/etc/sysctl.d/braid.conf). A browser has some 200, a torrent client at its worst 1,000."""

BRIDGE = "lan"
"""The LAN's bridge over its ports."""
NFT_TABLE = "braid"
"""The one nftables table, of family inet. overlay/etc/nftables.conf loads a closed one by this name at boot."""

TABLE_MAIN = 254
UPLINK_TABLE = 100
"""First of the uplinks' routing tables. Packets marked for an uplink go by its own."""
PATH_TABLE = 150
"""First of the paths' routing tables. Packets from a path's own address go by its own."""
MARK = 0x100
"""First of the uplinks' firewall marks. A tunnel marks its packets for its uplink."""
MARK_RULE = 1000
"""First of the priorities of the uplinks' mark rules."""
SOURCE_RULE = 1100
"""First of the priorities of the paths' source rules."""
MOST_ALLOTTED = 50
"""Numbers that there are for uplinks, and as many for paths, in each of the ranges that begin so."""
OUR_RULES = range(1000, 1200)
"""Rules with these priorities belong to us alone."""
ROUTE_PROTOCOL = 183
"""Marks a route as ours (rtnetlink(7), rtm_protocol; 183 is given to nobody in iproute2's list)."""

MOST_SUBFLOWS = 8
"""Additional subflows of a connection, hence paths: the most that Linux 6.12 takes (MPTCP_PM_ADDR_MAX)."""
