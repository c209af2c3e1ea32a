"""What the call side and the console share: the pure domain, the store and the live seam."""
