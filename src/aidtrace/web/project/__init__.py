"""The pages about the project: its words and rules, what can be taken, its method."""
