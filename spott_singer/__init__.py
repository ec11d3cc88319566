"""What both plugins add to the Meltano SDK: settings, one-line errors, signals and progress."""
