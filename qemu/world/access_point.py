"""Somebody's access point, near the box: hostapd(8) on a radio that is simulated in the box's own kernel.

It lives in a network namespace of the box's, out of the sight of all that runs there, and passes what it hears on to a
spare port, whose cable leads to the router behind it. So all of the Wi-Fi is real but for the air.
"""

from __future__ import annotations

from qemu.drive.gateway import Gateway
from qemu.world import air
from qemu.world.description import Line

DISK, HOUSE, UNIT = "/run/air", "neighbour", "access-point"
"""Where the disk is, the namespace of the access point, and its unit."""
NO_IPV6 = "/proc/sys/net/ipv6/conf/default/disable_ipv6"
RADIO = "wlan1"
"""The second that the kernel makes; the first is the box's."""
LIMIT = 90.0
"""Seconds on the reference machine until the kernel, or an access point, has done what it was asked for."""


class AccessPoint:
    """The one of a line. It serves as the line's settings say, until it is told otherwise."""

    def __init__(self, gateway: Gateway, line: Line) -> None:
        self._gateway = gateway
        self._line = line

    def set_up(self, port: str) -> None:
        """Bring the radios into a box that runs, one for itself; what the other hears goes out by `port`."""
        self._gateway.insert(air.disk(self._gateway.succeed("uname -r").strip()))
        self._gateway.wait_until_succeeds(f"mkdir -p {DISK} && mount -t squashfs -o ro /dev/sdb {DISK}", LIMIT)
        self._gateway.succeed(
            # It says nothing of its own accord, so that all on its cable is the box's: a bridge that snoops reports
            # itself (IGMP).
            f"ip netns add {HOUSE} && ip netns exec {HOUSE} sh -c 'echo 1 >{NO_IPV6}' && "
            f"ip link set {port} netns {HOUSE} && "
            f"ip -n {HOUSE} link add br0 type bridge mcast_snooping 0 && "
            f"ip -n {HOUSE} link set {port} master br0 up && ip -n {HOUSE} link set br0 up && "
            f"modprobe mac80211 && insmod {DISK}/{air.RADIOS} radios=2 && "
            f"{DISK}/iw phy $(cat /sys/class/net/{RADIO}/phy80211/name) set netns name {HOUSE}",
            LIMIT,
        )
        self.serve()

    def serve(self, *, password: str = "", security: str = "", hidden: bool = False) -> None:
        """Serve, instead of before: with that password and security, where they are not the line's own."""
        details = self._line.details
        words = config(
            details["network"],
            details["country"],
            security or details["security"],
            password or details["password"],
            hidden=hidden or bool(details["hidden"]),
        )
        self.vanish()
        self._gateway.succeed(f"cat >/run/{UNIT}.conf <<'END'\n{words}END")
        command = f"ip netns exec {HOUSE} {DISK}/hostapd /run/{UNIT}.conf"
        self._gateway.succeed(f"systemd-run --quiet --collect --property=KillSignal=KILL --unit={UNIT} {command}")
        self._gateway.wait_until(self._iw("info"), lambda text: "channel" in text, LIMIT, "it does not serve")

    def vanish(self) -> None:
        """Its power is off. Nobody says goodbye."""
        self._gateway.execute(f"systemctl stop {UNIT}")
        self._gateway.succeed(f"ip -n {HOUSE} link set {RADIO} down")

    def guests(self) -> str:
        """Whoever has joined, as iw(8) tells; empty for nobody."""
        return self._gateway.succeed(self._iw("station dump"))

    def _iw(self, words: str) -> str:
        return f"ip netns exec {HOUSE} {DISK}/iw dev {RADIO} {words}"


WAYS = {
    "open": (),
    "wpa2": ("wpa_key_mgmt=WPA-PSK", "ieee80211w=1"),
    "wpa3": ("wpa_key_mgmt=SAE", "ieee80211w=2"),
    "auto": ("wpa_key_mgmt=WPA-PSK SAE", "ieee80211w=1"),
}
"""What an access point that has a security says of it."""


def config(network: str, country: str, security: str, password: str, *, hidden: bool) -> str:
    """The text of hostapd.conf(5)."""
    words = [
        f"interface={RADIO}",
        "bridge=br0",
        f"ssid2={network.encode().hex()}",
        "utf8_ssid=1",
        f"country_code={country}",
        "hw_mode=g",
        "channel=1",
        *(["ignore_broadcast_ssid=1"] if hidden else []),
    ]
    if ways := WAYS[security]:
        words += ["wpa=2", "rsn_pairwise=CCMP", "sae_pwe=2", *ways]
        words += [f"wpa_passphrase={password}", f"sae_password={password}"]
    return "\n".join(words) + "\n"
