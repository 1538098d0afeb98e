"""Killing what runs while a busy morning is played against it, and looking afterwards whether anything was lost."""
