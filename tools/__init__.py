"""Programs for those who work on the project; nothing that runs imports them."""
