"""Decisions of the layer on the box: plan, difference, console lines, status."""
