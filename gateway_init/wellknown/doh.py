"""Public resolvers that answer DNS over HTTPS (RFC 8484), by the addresses that they tell their users."""

from __future__ import annotations

DOH = (
    # Cloudflare
    *("1.1.1.1", "1.0.0.1", "1.1.1.2", "1.0.0.2", "1.1.1.3", "1.0.0.3"),
    # Google
    *("8.8.8.8", "8.8.4.4"),
    # Quad9
    *("9.9.9.9", "149.112.112.112", "9.9.9.10", "149.112.112.10", "9.9.9.11", "149.112.112.11"),
    # OpenDNS
    *("208.67.222.222", "208.67.220.220"),
    # AdGuard
    *("94.140.14.14", "94.140.15.15", "94.140.14.140", "94.140.14.141"),
    # CleanBrowsing
    *("185.228.168.9", "185.228.169.9", "185.228.168.168", "185.228.169.168"),
    # Mullvad
    *("194.242.2.2", "194.242.2.3", "194.242.2.4", "194.242.2.5"),
    # DNS.SB, dns0.eu
    *("185.222.222.222", "45.11.45.11", "193.110.81.0", "185.253.5.0"),
)
CANARIES = ("use-application-dns.net", "mask.icloud.com", "mask-h2.icloud.com")
"""Names that do not exist where a network wants its own resolver asked: Firefox and Apple's devices look for them
before they ask another one."""
