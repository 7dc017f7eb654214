"""The site's servers: each a systemd of its own in a container, set up by its kit's own installer."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

from gateway_init.base.process import run
from qemu.world.description import Description, Server
from qemu.world.inside import isp, links

HOSTS = Path("/run/world/hosts")
KITS = Path("/run/world/kits")
UNNEEDED = (
    *(f"{name}.mount" for name in ("dev-hugepages", "sys-kernel-config", "sys-kernel-debug", "sys-kernel-tracing")),
    *(f"{name}.timer" for name in ("apt-daily", "apt-daily-upgrade", "dpkg-db-backup", "systemd-tmpfiles-clean")),
    *(f"systemd-{name}.service" for name in ("logind", "modules-load", "random-seed", "tmpfiles-setup-dev")),
    *(f"systemd-{name}.service" for name in ("tmpfiles-setup-dev-early", "udev-load-credentials")),
    "console-getty.service",
    "getty.target",
    "kmod-static-nodes.service",
    "openvpn.service",
    "systemd-journal-flush.service",
    "systemd-remount-fs.service",
    "systemd-user-sessions.service",
    "unbound.service",
    "modprobe@.service",
)
"""Units that do nothing for a server in a container but take time."""


def start(world: Description, server: Server) -> None:
    """Boot a server and run its kit's installer in it. Raises CommandFailed with what the installer printed."""
    name = server.name
    home = HOSTS / name
    upper, work, root = home / "upper", home / "work", home / "root"
    for folder in (upper / "root", upper / "etc/systemd/system", work, root):
        folder.mkdir(parents=True)
    shutil.copytree(KITS / name, upper / "root/kit")
    (upper / "etc/machine-id").write_text(uuid.uuid4().hex + "\n")
    (upper / "etc/hostname").write_text(name + "\n")
    for updated in (upper / "etc/.updated", upper / "var/.updated"):
        # systemd-update-done.service(8): nothing to rebuild in /etc and /var.
        updated.parent.mkdir(exist_ok=True)
        updated.touch()
    for unit in UNNEEDED:
        (upper / "etc/systemd/system" / unit).symlink_to("/dev/null")
    limits = upper / "etc/systemd/system.conf.d/world.conf"
    limits.parent.mkdir()
    # A start that is slow here is fine for the machine that it is on.
    limits.write_text("[Manager]\nDefaultTimeoutStartSec=infinity\n")
    layers = f"lowerdir=/,upperdir={upper},workdir={work}"
    run(["mount", "-t", "overlay", "-o", layers, name, str(root)])
    start_unit = [
        "systemd-run",
        "--quiet",
        f"--unit=host-{name}",
        "-pType=notify",
        "-pDelegate=yes",
        "-pNotifyAccess=all",
        # How long all may take is known to whoever waits for the world, and to him alone.
        "-pTimeoutStartSec=infinity",
    ]
    container = ["systemd-nspawn", "--quiet", "--boot", f"--directory={root}", f"--machine={name}"]
    container += [f"--network-interface={outside}:{inside}" for outside, inside in links.cables(server).items()]
    container += ["--register=no", "--keep-unit", "--notify-ready=yes", "--capability=all", "--bind=/dev/net/tun"]
    container += ["--resolv-conf=off", "--timezone=off", "--link-journal=no"]
    run([*start_unit, *container])
    nspawn = run(["systemctl", "show", "--value", "-pMainPID", f"host-{name}"]).stdout.strip()
    leader = Path(f"/proc/{nspawn}/task/{nspawn}/children").read_text().split()[0]
    (home / "leader").write_text(leader)
    run(["ip", "netns", "attach", name, leader])
    links.address(server, world.customers)
    isp.bands(world, server, name)
    run(["/run/world/on", name, "/root/kit/install"])
