"""From a checked warehouse to a snapshot that readers see."""
