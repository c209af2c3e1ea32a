"""What the console shows of the present moment: a mirror of the call side, and its way into browsers."""
