"""Measurements on a real FreeSWITCH; see README.md."""
