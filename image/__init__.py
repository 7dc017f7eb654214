"""From a recipe to a disk image, without root, loop devices or anything mounted on this machine.

The way of the data, by module:

    recipe     what is asked for (recipe.yaml)
    choice     which packages, in which versions: the newest that the archive has, or those of packages.lock (lock)
    archive    what Debian has, and the packages from there into the pool, where they are called by their digests
    tools      the tools that shape bytes, unpacked from packages, as a tar file in the cache
    rootfs     the root's packages, installed by mmdebstrap from the tools, as a tar file in the cache
    drivers    the kernel's drivers that stay, as another, made beside it
    base       both together, without what the recipe removes
    overlay    files laid over the root, templates rendered; hook: scripts run inside of it
    kernel     the checks of kernel, modules and firmware; initrd: the kernel's first file system
    root       the finished root as a squashfs
    slot       kernel, initrd and root in the file system that GRUB reads
    grub, disk boot loader and partitions: the image
    manifest   what is in it
    build      all of it

All work is done by functions that run in a `sandbox`; what is slow is kept in the `cache`.

For the gateway's image:

    build.build(site, config, secrets, out)    # -> out/braid.img, out/manifest.json, out/logs/
    build.is_current(site, config, secrets, out)            # whether that would change nothing
    cache.empty()

For the root of a virtual machine, with a recipe of its own (recipe.Root):

    wanted = recipe.load(Path("qemu/world/recipe.yaml"), recipe.Root)
    made = parts.ensure(wanted, logs, additions=[overlay.Addition(source, "/opt/kits")], hooks=Path("qemu/world/hooks"))
    made.vmlinuz, made.initrd, made.squashfs                # files in the cache; boot with `braid.root=/dev/vda`

The second call with the same content costs a few milliseconds. `/` is read-only there; /etc, /var and /root are
writable in memory. `hooks` is a folder of NN-name scripts that run inside the root, without network.
"""
