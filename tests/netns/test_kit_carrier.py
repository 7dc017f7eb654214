"""A destination with its kit's packet filter, and what comes to it out of the home's carrier: a cable stands for that.

Nothing is waited for: behind each packet that must not come follows one that must, on the same cables.
"""

from __future__ import annotations

import json
import select
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec import structs

from gateway_init.base.process import run
from gateway_init.config.forward import Forward
from gateway_init.wellknown import carrier
from servers import keys, kit
from tests.frozen import HOME
from tests.netns.forgery import ETH_P_IP, ICMP, TCP, UDP, Packet, forge, read
from tests.netns.host import Host, cable
from tests.netns.packet import ACK

SYSCTL = "/usr/lib/systemd/systemd-sysctl"
ECHO, REPLY, UNREACHABLE = 8, 0, 3
DEVICE, OTHER_DEVICE, PATH = "192.168.77.50", "192.168.77.51", "10.77.1.2"
SERVER, ROUTER, WEB, STRANGER = "203.0.113.10", "203.0.113.1", "198.51.100.80", "198.51.100.66"
METADATA, NEIGHBOUR, AZURE = "169.254.169.254", "10.50.0.9", "168.63.129.16"
SIP, CALLED = 5060, 5061


class Net:
    """The home, the destination, and the Internet."""

    def __init__(self, etc: Path) -> None:
        self.home, self.server, self.internet = (Host() for _ in range(3))
        cable(self.server, kit.CARRIER_DEVICE, self.home, "wire")
        cable(self.server, kit.DEVICE, self.home, "tunnel")
        cable(self.server, "eth0", self.internet, "eth0")
        self.server.address("eth0", f"{SERVER}/24")
        self.server.address(kit.DEVICE, "10.77.1.1/24")
        self.server.run("ip", "link", "set", kit.CARRIER_DEVICE, "up")
        self.home.address("wire", f"{DEVICE}/24", f"{OTHER_DEVICE}/24")
        self.home.address("tunnel", f"{PATH}/24")
        self.internet.address("eth0", f"{ROUTER}/24")
        self.internet.address("lo", *(f"{each}/32" for each in (WEB, METADATA, NEIGHBOUR, AZURE, STRANGER)))
        # As braid-carrier.service does.
        self.server.run("ip", "route", "add", "192.168.77.0/24", "dev", kit.CARRIER_DEVICE)
        self.server.run("ip", "route", "add", "default", "via", ROUTER)
        # The other end has no address, as that of a tunnel.
        (end,) = json.loads(self.server.run("ip", "-json", "link", "show", "dev", kit.CARRIER_DEVICE))
        self.home.run("ip", "neighbour", "add", "192.168.77.1", "lladdr", end["address"], "dev", "wire")
        self.home.run("ip", "route", "add", "default", "via", "192.168.77.1", "dev", "wire")
        for network in ("192.168.77.0/24", "10.77.1.0/24"):
            self.internet.run("ip", "route", "add", network, "via", SERVER)
        self.server.run("nft", "-f", etc / "firewall.nft")
        self.server.run(SYSCTL, etc / "kernel.conf")
        for device in ("all", "eth0", kit.DEVICE, kit.CARRIER_DEVICE):
            # The filter alone is asked.
            self.server.run("sysctl", "-qw", f"net.ipv4.conf.{device}.rp_filter=0")
        # All that nobody listens for is told (icmp(7)).
        self.internet.run("sysctl", "-qw", "net.ipv4.icmp_ratemask=0")
        self.carrier, self.line = _watch(self.home, "wire"), _watch(self.internet, "eth0")
        self.let_in = [self.server.socket(socket.AF_INET, socket.SOCK_RAW, each) for each in (TCP, UDP, ICMP)]
        for each in self.let_in:
            each.setblocking(False)

    def close(self) -> None:
        for each in (self.carrier, self.line, *self.let_in):
            each.close()
        for host in (self.home, self.server, self.internet):
            host.close()

    def reaches_internet(self, send: Callable[[], None]) -> list[Packet]:
        """What leaves the server for the Internet when something is sent."""
        _waiting(self.line)
        send()
        forge(self.home, Packet(DEVICE, STRANGER, UDP, SIP))
        return _until(self.line, lambda packet: packet.destination == STRANGER)

    def reaches_home(self, send: Callable[[], None]) -> list[Packet]:
        """What comes out of the carrier at home when something is sent."""
        _waiting(self.carrier)
        send()
        # Nobody listens there, which the answer says.
        forge(self.home, Packet(DEVICE, STRANGER, UDP, SIP))
        return _until(self.carrier, lambda packet: packet == Packet(STRANGER, DEVICE, ICMP, UNREACHABLE))

    def reaches_server(self, send: Callable[[], None]) -> list[Packet]:
        """What the server's own programs get when something is sent."""
        for each in self.let_in:
            _waiting(each)
        self.reaches_internet(send)
        return [packet for each in self.let_in for packet in _waiting(each)]


def _watch(host: Host, device: str) -> socket.socket:
    line = host.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
    line.bind((device, ETH_P_IP))
    line.setblocking(False)
    return line


def _until(line: socket.socket, last: Callable[[Packet], bool]) -> list[Packet]:
    """What came in before a packet that must. Fails where that does not come."""
    came: list[Packet] = []
    while True:
        assert select.select([line], [], [], 10)[0], f"only these came: {came}"
        data, address = line.recvfrom(65536)
        if isinstance(address, tuple) and address[2] == socket.PACKET_OUTGOING:
            continue
        came.append(read(data))
        if last(came[-1]):
            return came[:-1]


def _waiting(line: socket.socket) -> list[Packet]:
    """What has come in by now."""
    came: list[Packet] = []
    while True:
        try:
            came.append(read(line.recv(65536)))
        except BlockingIOError:
            return came


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    if run(["unshare", "--net", "true"], check=False).returncode:
        pytest.skip(
            "NOT TESTED with packets: no network namespaces here; run as root or under `unshare --map-root-user`"
        )
    site, folder = HOME.load(), tmp_path_factory.mktemp("kits")
    keys.make_missing(site, folder / "secrets")
    calls = (
        Forward(port=8080, to=DEVICE, to_port=80, protocols=("tcp",)),
        Forward(port=CALLED, to=OTHER_DEVICE, protocols=("udp",)),
    )
    net = Net(kit.render(structs.replace(site, ports=calls), "near", folder / "secrets", folder) / "etc")
    yield net
    net.close()


@pytest.mark.parametrize(("protocol", "port"), [(UDP, SIP), (UDP, 443), (ICMP, ECHO)])
def test_udp_and_pings_of_the_home_reach_the_internet_under_the_server_s_address(
    net: Net, protocol: int, port: int
) -> None:
    assert net.reaches_internet(lambda: forge(net.home, Packet(DEVICE, WEB, protocol, port))) == [
        Packet(SERVER, WEB, protocol, port)
    ]


def test_answers_come_back(net: Net) -> None:
    came = net.reaches_home(lambda: forge(net.home, Packet(DEVICE, WEB, ICMP, ECHO)))
    assert came == [Packet(WEB, DEVICE, ICMP, REPLY)]
    came = net.reaches_home(lambda: forge(net.home, Packet(OTHER_DEVICE, WEB, UDP, SIP)))
    assert came == [Packet(WEB, OTHER_DEVICE, ICMP, UNREACHABLE)]


@pytest.mark.parametrize(
    "packet",
    [
        Packet(DEVICE, WEB, TCP, 443),
        Packet(DEVICE, WEB, ICMP, UNREACHABLE),
        Packet(DEVICE, WEB, ICMP, 13),
        *(Packet(DEVICE, each, UDP, 53) for each in (METADATA, NEIGHBOUR, AZURE, "192.168.1.1", "100.64.0.9")),
        *(Packet(source, WEB, UDP, SIP) for source in (PATH, STRANGER, SERVER, "192.168.78.1", "127.0.0.1")),
    ],
    ids=str,
)
def test_nothing_else_does(net: Net, packet: Packet) -> None:
    assert net.reaches_internet(lambda: forge(net.home, packet)) == []
    assert net.reaches_internet(lambda: forge(net.home, packet, ACK)) == []
    assert net.reaches_internet(lambda: forge(net.home, packet, fragment=8)) == []


@pytest.mark.parametrize("address", [SERVER, "10.77.1.1"])
@pytest.mark.parametrize(("protocol", "port"), [(UDP, 51820), (UDP, 53), (TCP, 22), (ICMP, ECHO)])
def test_no_device_at_home_reaches_the_server_itself_by_it(net: Net, address: str, protocol: int, port: int) -> None:
    packet = Packet(DEVICE, address, protocol, port)
    assert net.reaches_server(lambda: forge(net.home, packet)) == []
    assert net.reaches_server(lambda: forge(net.home, packet, ACK)) == []


@pytest.mark.parametrize(("protocol", "port"), [(UDP, SIP), (TCP, 22), (ICMP, ECHO)])
@pytest.mark.parametrize("target", [DEVICE, OTHER_DEVICE])
def test_nobody_outside_reaches_the_home_unasked(net: Net, target: str, protocol: int, port: int) -> None:
    for source in (STRANGER, WEB, ROUTER):
        packet = Packet(source, target, protocol, port)
        assert net.reaches_home(lambda packet=packet: forge(net.internet, packet)) == []  # type: ignore[misc]


def test_nobody_outside_passes_for_a_device_of_the_home(net: Net) -> None:
    forged = Packet(DEVICE, WEB, UDP, SIP)
    assert net.reaches_internet(lambda: forge(net.internet, forged)) == []


def test_what_comes_by_a_path_s_tunnel_goes_into_no_carrier(net: Net) -> None:
    forged = Packet(PATH, DEVICE, UDP, SIP)
    net.home.run("ip", "route", "add", f"{OTHER_DEVICE}/32", "via", "10.77.1.1", "dev", "tunnel")
    try:
        assert net.reaches_home(lambda: forge(net.home, forged._replace(destination=OTHER_DEVICE))) == []
    finally:
        net.home.run("ip", "route", "del", f"{OTHER_DEVICE}/32")


def test_a_port_that_is_forwarded_leads_to_its_device_and_back_and_shows_who_calls(net: Net) -> None:
    with net.home.socket(socket.AF_INET, socket.SOCK_STREAM) as device:
        device.bind((DEVICE, 80))
        device.listen()
        device.settimeout(10)
        with net.internet.socket(socket.AF_INET, socket.SOCK_STREAM) as caller:
            caller.bind((WEB, 0))
            caller.settimeout(10)
            caller.connect((SERVER, 8080))
            answering, who = device.accept()
            with answering:
                assert who == caller.getsockname()
                answering.sendall(b"at home")
                assert caller.recv(100) == b"at home"
                # Either sends no more at once than the carrier takes.
                for end in (caller, answering):
                    assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) <= carrier.MTU - 40


def test_each_protocol_is_forwarded_where_it_is_named_alone(net: Net) -> None:
    called = [Packet(WEB, SERVER, protocol, port) for port in (CALLED, 8080) for protocol in (TCP, UDP)]

    def call() -> None:
        for each in called:
            forge(net.internet, each)

    assert net.reaches_home(call) == [
        Packet(WEB, OTHER_DEVICE, UDP, CALLED),
        Packet(WEB, DEVICE, TCP, 80),
    ]


@pytest.mark.parametrize("source", [NEIGHBOUR, METADATA, OTHER_DEVICE, PATH])
def test_who_is_not_of_the_internet_is_not_let_in_by_it(net: Net, source: str) -> None:
    assert net.reaches_home(lambda: forge(net.internet, Packet(source, SERVER, UDP, CALLED))) == []
