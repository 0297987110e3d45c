"""A demo site to try Passalong with: the Bee Almanac, its shop, and ninety days of made-up history."""
