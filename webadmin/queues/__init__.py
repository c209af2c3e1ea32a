"""The settings of queues, for people: their form and the words for what is in it."""
