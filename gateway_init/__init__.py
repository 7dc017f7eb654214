"""What runs on the gateway: from the site's config and the kernel's facts to the state that should be."""
