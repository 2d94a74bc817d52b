"""A handful of line icons, drawn on a grid of 24. They stand beside words, never instead of them."""

ICONS: dict[str, str] = {
    "menu": "M4 6h16M4 12h16M4 18h16",
    "search": "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20",
    "message": "M4 5h16v11H9l-5 4z",
    "user": "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20c1-4 4-5.5 8-5.5s7 1.5 8 5.5",
    "post": "M4 8h16v11H4zM9 8V5h6v3M4 13h16",
    "help": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 17v.01",
    "close": "M6 6l12 12M18 6 6 18",
    "down": "M6 9l6 6 6-6",
    "left": "M15 6l-6 6 6 6",
    "right": "M9 6l6 6-6 6",
    "plus": "M12 5v14M5 12h14",
    "check": "M5 12.5l4.5 4.5L19 7.5",
    "alert": "M12 4 2.5 20h19zM12 10v4M12 17v.01",
    "print": "M7 8V4h10v4M7 17H4V8h16v9h-3M7 14h10v6H7z",
    "place": "M12 21s7-6.3 7-11.5A7 7 0 0 0 5 9.5C5 14.7 12 21 12 21zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
    "phone": "M6 3h4l1.5 5-2.5 1.5a12 12 0 0 0 5.5 5.5L16 12.5l5 1.5v4c0 1-1 2-2 2A15 15 0 0 1 4 5c0-1 1-2 2-2z",
    "clip": "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 5 5l-8.5 8.5a1.7 1.7 0 0 1-2.5-2.5L15 7",
    "camera": "M4 8h3.5L9 5.5h6L16.5 8H20v11H4zM12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z",
    "image": "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5v.01",
    "out": "M14 4H5v16h9M10 12h11M17 8l4 4-4 4",
}
