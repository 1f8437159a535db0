// ServiceContracts: being built; replaced by its first commit.
