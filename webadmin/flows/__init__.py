"""What the pages of IVR flows show and read, apart from HTTP: words, forms, the drawing, comparing, the
text.
"""
