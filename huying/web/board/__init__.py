"""The command board (指挥大屏): what is called now, who has not come, what is late, on one screen."""
