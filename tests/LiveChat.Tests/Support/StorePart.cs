using System.Reflection;
using LiveChat.Server.Storage.Core;
using Microsoft.Extensions.DependencyInjection;

namespace LiveChat.Tests.Support;

/// <summary>Puts something in the place of a port of the store.</summary>
public static class StorePart
{
    /// <param name="services">The program's.</param>
    /// <param name="before">Runs before each call of the port; what it throws is the call's answer, else the real store answers.</param>
    public static void Replace<TPort>(IServiceCollection services, Func<MethodInfo, object?[], Task> before)
        where TPort : class =>
        services.AddSingleton(provider =>
        {
            var port = DispatchProxy.Create<TPort, StorePort>();
            ((StorePort)(object)port).Store = provider.GetRequiredService<ChatStore>();
            ((StorePort)(object)port).Before = before;
            return port;
        });
}

/// <summary>What stands in that place.</summary>
public class StorePort : DispatchProxy
{
    internal object Store { get; set; } = null!;

    internal Func<MethodInfo, object?[], Task> Before { get; set; } = null!;

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var type = targetMethod!.ReturnType;
        return type.IsGenericType
            ? GetType().GetMethod(nameof(CallAsync), BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.FlattenHierarchy)!
                .MakeGenericMethod(type.GetGenericArguments()[0]).Invoke(this, [targetMethod, args])
            : CallAsync(targetMethod, args!);
    }

    protected async Task<T> CallAsync<T>(MethodInfo method, object?[] args)
    {
        await Before(method, args);
        return await (Task<T>)method.Invoke(Store, args)!;
    }

    private async Task CallAsync(MethodInfo method, object?[] args)
    {
        await Before(method, args);
        await (Task)method.Invoke(Store, args)!;
    }
}
