"""An invented district that lives: its people, a year of its cases through the real flow engine, and the demo."""
