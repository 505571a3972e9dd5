"""Write-back: what was finished against what arrived, and another try for what is kept."""
