"""A made-up site to try Passalong with: the Bee Almanac, its shop, and ninety days of history that nobody lived."""
