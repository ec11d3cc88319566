"""What both plugins share."""
