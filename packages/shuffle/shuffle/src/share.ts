/** A part of a file that can be read without the others: of Parquet a row group, else all of it. */
export interface Share {
  readonly path: string;
  readonly rowGroup?: number;
}
