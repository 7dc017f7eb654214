"""Whole sites that a check accepts, as odd as they come: for properties that hold of all of them."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any

import yaml
from hypothesis import strategies as st

from gateway_init.config.forwarding import SSH
from gateway_init.config.rule import RESERVED
from gateway_init.config.site import Shadowsocks

LETTERS, DIGITS = "abcdefghijklmnopqrstuvwxyz", "0123456789"
NAME_MAX = 15
DOMAIN_MAX = 62
USER_MAX = 128
SSID_MAX = 32
MOST_PATHS = 8

ends = st.sampled_from(LETTERS + DIGITS)
long_names = st.builds(
    lambda first, middle, last: first + middle + last,
    st.sampled_from(LETTERS),
    st.text(LETTERS + DIGITS + "-", min_size=NAME_MAX - 2, max_size=NAME_MAX - 2),
    ends,
)
names = (long_names | st.from_regex(r"\A[a-z]([a-z0-9-]{0,13}[a-z0-9])?\Z")).filter(lambda name: name not in RESERVED)
ports = st.from_regex(r"\A[a-z][a-z0-9]{1,14}\Z").filter(lambda name: name not in RESERVED)
labels = st.from_regex(r"\A[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?\Z")
domains = st.lists(labels, min_size=1, max_size=4).map(".".join).filter(lambda domain: len(domain) <= DOMAIN_MAX) | (
    st.just("d" * DOMAIN_MAX)
)
octets = st.integers(1, 223).filter(lambda octet: octet != 127)
"""First ones of addresses that a host can have."""
users = st.text(
    st.characters(blacklist_categories=("Zs", "Zl", "Zp", "Cc", "Cs", "Cn"), blacklist_characters='"\\'),
    min_size=1,
    max_size=USER_MAX,
).filter(lambda user: not any(each.isspace() for each in user))
ssids = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Cn")), min_size=1, max_size=SSID_MAX).filter(
    lambda name: len(name.encode()) <= SSID_MAX
)
leases = st.sampled_from(["1m", "999999m", "12h", "99999h", "1d", "9999d"])
mtus = st.integers(576, 1500)
uses = st.sampled_from(["always", "backup", "on-demand"])
speeds = st.fixed_dictionaries({"down": st.integers(1, 10**7), "up": st.integers(1, 10**7)})
budgets = st.fixed_dictionaries(
    {"bytes": st.sampled_from(["1 MB", "2.5GB", "999999.999 TB"])},
    optional={"period": st.just("month"), "starts": st.integers(1, 28)},
)
how_used = st.fixed_dictionaries({"use": uses}, optional={"speed": speeds, "budget": budgets})
"""What any line may say besides."""
tcp_or_udp = st.integers(1, 65535)


@st.composite
def networks(draw: st.DrawFn, first: int, longest: int) -> IPv4Network:
    """One that begins with this octet, of a prefix from /8 to the longest."""
    rest = draw(st.integers(0, 2**24 - 1))
    return IPv4Network(((first << 24) + rest, draw(st.integers(8, longest))), strict=False)


@st.composite
def lans(draw: st.DrawFn, first: int, lan_ports: list[str]) -> dict[str, Any]:
    network = draw(networks(first, 30))
    hosts = range(1, network.num_addresses - 1)
    ours = draw(st.sampled_from([hosts[0], hosts[-1], hosts[len(hosts) // 2]]))
    side = max([range(hosts[0], ours), range(ours + 1, hosts[-1] + 1)], key=len)
    low = draw(st.integers(side[0], side[-1]))
    high = draw(st.integers(low, side[-1]))
    fixed = draw(st.lists(st.sampled_from(side), unique=True, max_size=3))
    called = draw(st.lists(labels.filter(lambda label: label != "wpad"), unique=True, min_size=3, max_size=3))
    return {
        "ports": lan_ports,
        "address": f"{network[ours]}/{network.prefixlen}",
        "dhcp": {"first": str(network[low]), "last": str(network[high]), "lease": draw(leases)},
        "hosts": {
            f"{name}-{number}": {"mac": f"00:0d:b9:00:00:{number:02x}", "address": str(network[each])}
            for number, (name, each) in enumerate(zip(called, fixed, strict=False))
        },
        "domain": draw(domains),
        "private_domains": draw(st.lists(domains, unique=True, max_size=3)),
    }


def line_of_any_kind(number: int, port: str, address: str, gateway: str) -> st.SearchStrategy[dict[str, Any]]:
    """An entry of `uplinks`, the one of that number; the addresses are for whoever needs some."""
    plugged = {"device": st.just(port)}
    fixed = {"address": st.just(address), "gateway": st.just(gateway), "mtu": mtus}
    return st.one_of(
        st.fixed_dictionaries({"kind": st.just("pppoe"), "user": users} | plugged, optional={"mtu": mtus}),
        st.fixed_dictionaries({"kind": st.just("dhcp")} | plugged),
        st.fixed_dictionaries({"kind": st.just("static")} | plugged | fixed),
        st.just({"kind": "tether", "port": f"1-{number}"}),
        st.fixed_dictionaries(
            {"kind": st.just("wifi"), "network": ssids, "country": st.just("IN")} | plugged,
            optional={"security": st.sampled_from(["auto", "wpa2", "wpa3", "open"]), "hidden": st.booleans()},
        ),
    )


@st.composite
def some_route(draw: st.DrawFn, site: dict[str, Any]) -> dict[str, Any]:
    """An entry of `routes` of a site."""
    goals = [name for name, server in site["servers"].items() if server["role"] == "destination"]
    clients = [*site["lan"]["hosts"], "given", "3ds", "00:0d:b9:12:34:56", site["lan"]["dhcp"]["first"]]
    foreign = domains.filter(lambda name: not f".{name}".endswith(f".{site['lan']['domain']}"))
    keys: dict[str, st.SearchStrategy[Any]] = {
        "domains": st.lists(foreign, unique=True, min_size=1, max_size=3),
        "networks": st.just(["240.0.0.0/9", "248.0.0.1/32"]),
        "ports": st.lists(tcp_or_udp, unique=True, min_size=1, max_size=3),
        "clients": st.lists(st.sampled_from(clients), unique=True, min_size=1, max_size=3),
    }
    chosen = draw(st.lists(st.sampled_from(list(keys)), unique=True, min_size=1, max_size=4))
    route = {key: draw(keys[key]) for key in chosen}
    ways = [*({"to": goal} for goal in (*goals, "refuse")), *({"via": f"uplink {line}"} for line in site["uplinks"])]
    return {**draw(st.sampled_from(ways)), **route}


@st.composite
def some_ports(draw: st.DrawFn, site: dict[str, Any]) -> list[dict[str, Any]]:
    """Entries of `ports` of a site: none takes what a server or another entry has."""
    servers = site["servers"].values()
    own = {SSH, Shadowsocks().port}
    own |= {each["port"] for server in servers for each in server.values() if isinstance(each, dict)}
    devices = st.sampled_from([*site["lan"]["hosts"], site["lan"]["dhcp"]["first"]])
    goals = st.sampled_from([name for name, server in site["servers"].items() if server["role"] == "destination"])
    entry = st.fixed_dictionaries(
        {"port": tcp_or_udp.filter(lambda port: port not in own), "to": devices},
        optional={
            "to_port": tcp_or_udp,
            "protocols": st.lists(st.sampled_from(["tcp", "udp"]), unique=True, min_size=1),
            "destination": goals,
        },
    )
    found: list[dict[str, Any]] = draw(st.lists(entry, unique_by=lambda each: each["port"], max_size=3))
    return found


@st.composite
def texts(draw: st.DrawFn) -> str:
    """The text of a gateway.yaml."""
    first = draw(st.lists(octets, unique=True, min_size=14, max_size=14))
    lan_first, elsewhere, *tunnels = first

    lines = draw(st.integers(1, 3))
    hardware = draw(st.lists(ports, unique=True, min_size=lines + 1, max_size=lines + 3))
    pool = st.lists(names.filter(lambda name: name not in hardware), unique=True, min_size=24, max_size=24)
    called = draw(pool)
    uplinks, servers, tunnel_names = called[:lines], called[4:9], called[9:]
    servers = servers[: draw(st.integers(1, len(servers)))]
    addresses = draw(
        st.lists(st.integers(1, 2**24 - 2), unique=True, min_size=len(servers) + 5 + 6, max_size=len(servers) + 5 + 6)
    )
    outside = [str(IPv4Address((elsewhere << 24) + each)) for each in addresses]
    ways = [(uplink, through) for uplink in uplinks for through in (None, *servers)]
    chosen = draw(st.lists(st.sampled_from(ways), unique=True, min_size=1, max_size=MOST_PATHS))
    site: dict[str, Any] = {
        "site": draw(names),
        "lan": draw(lans(lan_first, hardware[lines:]))
        | {"resolvers": outside[len(servers) :][: draw(st.integers(1, 5))]},
        "uplinks": {
            name: draw(line_of_any_kind(index + 1, port, outside[-1 - 2 * index], outside[-2 - 2 * index]))
            | draw(how_used)
            for index, (name, port) in enumerate(zip(uplinks, hardware, strict=False))
        },
        "servers": {
            name: {
                "role": "destination" if index == 0 or draw(st.booleans()) else "jumpbox",
                "address": outside[index],
                "openvpn": {"network": str(draw(networks(tunnels[index], 29))), "port": draw(tcp_or_udp)},
            }
            for index, name in enumerate(servers)
        },
        "paths": {
            # A straight path may be called as its line is.
            (uplink if through is None and draw(st.booleans()) else tunnel_names[index]): {"uplink": uplink}
            | ({"through": through} if through else {})
            for index, (uplink, through) in enumerate(chosen)
        },
        "policy": {"destination": servers[0]},
    }
    site["routes"] = draw(st.lists(some_route(site), max_size=4))
    site["servers"][servers[0]]["shadowsocks"] = {"port": draw(tcp_or_udp)}
    for server in site["servers"].values():
        if server["role"] == "destination":
            # All are UDP, on the same address: any but the others'.
            apart = draw(st.lists(st.integers(1, 65534), min_size=2, max_size=2, unique=True))
            for name, further in zip(("reflector", "carrier"), apart, strict=True):
                server[name] = {"port": (server["openvpn"]["port"] - 1 + further) % 65535 + 1}
    site["ports"] = draw(some_ports(site))
    return yaml.safe_dump(site, allow_unicode=True, sort_keys=False)
