"""Figures that the README and docs give, measured again: `invoke bench NAME`, one module for each name."""
