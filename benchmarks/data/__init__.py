"""How much of what breaks in data is found, how often clean data alarms, and what a check costs."""
