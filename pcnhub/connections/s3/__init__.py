"""Object stores that speak S3: Amazon's, and those that a hospital or a council runs itself."""
