// The door to openblas; only one Swift target imports it.
#pragma once
#include <cblas.h>

// Debian's libopenblas holds LAPACK too; its header lapacke.h is another package, so the routines that we
// need are declared here. Fortran calling convention: everything by address, column-major. The pointers are
// borrowed for the call. The hidden length of a character argument is left out, as LAPACK's C callers do
// for arguments of one character.
void spotrf_(const char* _Nonnull uplo, const int* _Nonnull n, float* _Nonnull a, const int* _Nonnull lda,
             int* _Nonnull info);
void spotrs_(const char* _Nonnull uplo, const int* _Nonnull n, const int* _Nonnull nrhs, const float* _Nonnull a,
             const int* _Nonnull lda, float* _Nonnull b, const int* _Nonnull ldb, int* _Nonnull info);
// Eigenvalues, rising, and eigenvectors of a symmetric matrix.
void ssyev_(const char* _Nonnull jobz, const char* _Nonnull uplo, const int* _Nonnull n, float* _Nonnull a,
            const int* _Nonnull lda, float* _Nonnull w, float* _Nonnull work, const int* _Nonnull lwork,
            int* _Nonnull info);
// The inverse of a symmetric positive definite matrix from its Cholesky factor.
void spotri_(const char* _Nonnull uplo, const int* _Nonnull n, float* _Nonnull a, const int* _Nonnull lda,
             int* _Nonnull info);
