"""The live seam between the console and the call side: commands go in and are answered, events come out."""
