import { signIn } from './sign-in-actions'
import { UserName } from './user-name'
import { models, users } from './users'

export function SignIn() {
  return (
    <section className="sign-in">
      <h1>Who is asking?</h1>
      <p>Two users, two plans. Whatever they ask, their own name is on the bill.</p>
      {users.map(({ userId, plan }) => (
        <form key={userId} action={signIn.bind(undefined, userId)}>
          <button className="card">
            <UserName userId={userId} plan={plan} />
            <span className="model">answered by {models[plan]}</span>
          </button>
        </form>
      ))}
    </section>
  )
}
