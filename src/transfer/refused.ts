/** Why a backup, a restore or an import cannot be done; for the operator, with what to do. Nothing was changed. */
export class TransferRefused extends Error {
  override readonly name = 'TransferRefused';
}
