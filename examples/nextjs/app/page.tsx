import { Desk } from './desk'
import { signedInUser } from './session'

export default async function Page() {
  return <Desk user={await signedInUser()} />
}
