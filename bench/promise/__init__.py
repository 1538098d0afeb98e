"""The replay: a day of a coffee shop in simulated time, through the engine's pure rules and through two estimates."""
