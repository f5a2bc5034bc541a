"""All stacks of an inventory at once: which ones, in which order, their processes, and what came of each."""
